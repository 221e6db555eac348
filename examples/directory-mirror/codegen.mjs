/** @type {import('@graphql-codegen/cli').CodegenConfig} */
export default {
  schema: '../../schema.graphql',
  documents: 'src/operations.graphql',
  generates: {
    'src/operations.ts': {
      plugins: ['typescript-operations', 'typed-document-node'],
      config: {
        // Documents as strings that can be sent as they are: the program needs no parser.
        documentMode: 'string',
        useTypeImports: true,
        strictScalars: true,
        scalars: { BigInt: 'number', DateTime: 'string', ID: 'string', JSON: 'unknown' },
      },
    },
  },
};
