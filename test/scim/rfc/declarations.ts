import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** The function that declares a row, and what becomes of it. */
const STATUS: Readonly<Record<string, Declaration['status']>> = {
  requirement: 'shown',
  deviation: 'deviation',
  open: 'open',
  notOurs: 'not ours',
};

/** Modifiers that would disable a test while its row stays in the document. */
const SILENCING = new Set(['skip', 'only', 'todo', 'failing', 'xtest', 'xit', 'xdescribe', 'fit', 'fdescribe']);

/** One row as it stands in the source of the tests. */
export interface Declaration {
  readonly id: string;
  readonly rfc: string;
  readonly section: string;
  readonly level: 'MUST' | 'SHOULD';
  readonly says: string;
  readonly status: 'shown' | 'deviation' | 'open' | 'not ours';
  /** Of a deviation what is done instead, of an open row what is missing, of one that is not ours why. */
  readonly remark: string | undefined;
  /** The name of the file. */
  readonly file: string;
}

/**
 * Reads every row that the tests of a folder declare, without running them. Declarations are calls at the top level of
 * a file, with plain text as arguments: nothing but a run of the file decides whether they are made.
 *
 * @throws Error that names file and line, for anything else
 */
export function readDeclarations(folder: string): Declaration[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.test.ts'));
  return files.flatMap((file) => {
    const source = ts.createSourceFile(file, readFileSync(join(folder, file), 'utf8'), ts.ScriptTarget.Latest, true);
    const declarations: Declaration[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isIdentifier(node) && SILENCING.has(node.text)) refuse(node, `${node.text} would silence a test`);
      if (ts.isCallExpression(node) && ts.isIdentifier(node.expression)) {
        const status = Object.hasOwn(STATUS, node.expression.text) ? STATUS[node.expression.text] : undefined;
        if (status) declarations.push(toDeclaration(node, status, file));
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
    return declarations;
  });
}

function toDeclaration(call: ts.CallExpression, status: Declaration['status'], file: string): Declaration {
  if (!ts.isExpressionStatement(call.parent) || !ts.isSourceFile(call.parent.parent)) {
    refuse(call, 'a row is declared at the top level');
  }
  const [id, level, says, remark] = call.arguments.map(toText);
  const parts = /^(?<rfc>\d{4})-(?<section>\d+(?:\.\d+)*)-\d{2}$/.exec(id ?? '')?.groups;
  if (id === undefined || !parts) refuse(call, 'an id is the RFC, the section and two digits');
  if (level !== 'MUST' && level !== 'SHOULD') refuse(call, 'a level is MUST or SHOULD');
  if (!says) refuse(call, 'a row says something');
  if (status !== 'shown' && !remark) refuse(call, 'a row that is not shown has a remark');
  const last = call.arguments.at(-1);
  const hasTest = last !== undefined && (ts.isArrowFunction(last) || ts.isFunctionExpression(last));
  if ((status === 'shown' || status === 'deviation') && !hasTest) refuse(call, 'a test is written out in its row');
  const { rfc = '', section = '' } = parts;
  return { id, rfc, section, level, says, status, remark: status === 'shown' ? undefined : remark, file };
}

/** The text of a literal, or of literals joined with a plus. */
function toText(node: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return undefined;
  const left = toText(node.left);
  const right = toText(node.right);
  return left === undefined || right === undefined ? undefined : left + right;
}

function refuse(node: ts.Node, reason: string): never {
  const source = node.getSourceFile();
  const { line } = source.getLineAndCharacterOfPosition(node.getStart());
  throw new Error(`${source.fileName}:${line + 1}: ${reason}`);
}
