/** @type {import('@graphql-codegen/cli').CodegenConfig} */
export default {
  schema: '../../schema.graphql',
  documents: 'src/operations.graphql',
  generates: {
    'src/operations.ts': {
      plugins: ['typescript-operations', 'typed-document-node'],
      config: {
        // Documents as text, ready to be sent: no parser and no syntax tree in the program.
        documentMode: 'string',
        useTypeImports: true,
        strictScalars: true,
        scalars: { BigInt: 'number', DateTime: 'string', ID: 'string', JSON: 'unknown' },
      },
    },
  },
};
