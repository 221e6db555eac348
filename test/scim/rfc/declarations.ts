import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** The status of a row, by the function that declares it. */
const STATUS: Readonly<Record<string, Declaration['status']>> = {
  requirement: 'shown',
  deviation: 'deviation',
  open: 'open',
  notOurs: 'not ours',
};

/** Modifiers that would disable a test while its row stays in the document. */
const DISABLING = new Set(['skip', 'only', 'todo', 'failing', 'xtest', 'xit', 'xdescribe', 'fit', 'fdescribe']);

/** A row in the source of the tests. */
export interface Declaration {
  readonly id: string;
  readonly rfc: string;
  readonly section: string;
  readonly level: 'MUST' | 'SHOULD';
  readonly says: string;
  readonly status: 'shown' | 'deviation' | 'open' | 'not ours';
  /** The actual behaviour of a deviation, the missing behaviour of an open row, or the reason of a row that is not ours. */
  readonly remark: string | undefined;
  /** The name of the file. */
  readonly file: string;
}

/**
 * Reads the rows that the tests of a folder declare, without running them. Declarations are calls at the top level of a file
 * with literal arguments, so that they do not depend on any condition.
 *
 * @throws Error with file and line for any other declaration
 */
export function readDeclarations(folder: string): Declaration[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.test.ts'));
  return files.flatMap((file) => {
    const source = ts.createSourceFile(file, readFileSync(join(folder, file), 'utf8'), ts.ScriptTarget.Latest, true);
    const declarations: Declaration[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isIdentifier(node) && DISABLING.has(node.text)) refuse(node, `${node.text} would disable a test`);
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

/** Returns the text of a literal, or of literals joined with a plus. */
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
