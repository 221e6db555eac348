/**
 * An ESLint rule for comments. It rejects a comment that begins with a relative pronoun ("What it does", "Who is told")
 * instead of a verb or a subject, and a few words that only make a sentence harder to read.
 */
const PRONOUN = /^(?:What|Who|Whoever|Whose|Which)\b/;
const ODD_WORDS = /\b(?:whoever|anew|told of)\b/i;

/** @type {import('eslint').Rule.RuleModule} */
const plainComments = {
  meta: {
    type: 'suggestion',
    docs: { description: 'Require comments to begin with a verb or a subject, in plain words' },
    schema: [],
    messages: {
      pronoun: 'Begin the comment with a verb or a subject instead of "{{found}}".',
      word: 'Replace "{{found}}" by a plain word.',
    },
  },
  create({ report, sourceCode }) {
    return {
      Program() {
        for (const { loc, text } of paragraphsOf(sourceCode.getAllComments())) {
          const [pronoun] = PRONOUN.exec(text) ?? [];
          if (pronoun !== undefined) report({ loc, messageId: 'pronoun', data: { found: pronoun } });
          const [word] = ODD_WORDS.exec(text) ?? [];
          if (word !== undefined) report({ loc, messageId: 'word', data: { found: word } });
        }
      },
    };
  },
};

/** Joins line comments that follow each other, and removes the markers of block comments. */
function paragraphsOf(comments) {
  const paragraphs = [];
  let previous;
  for (const comment of comments) {
    const { loc, type, value } = comment;
    const text = value
      .replaceAll(/\s*\n\s*\*?\s*/g, ' ')
      .replace(/^\*/, '')
      .trim();
    const isContinuation = type === 'Line' && previous?.type === 'Line' && previous.loc.end.line === loc.start.line - 1;
    if (isContinuation) paragraphs.at(-1).text += ` ${text}`;
    else paragraphs.push({ loc, text });
    previous = comment;
  }
  return paragraphs;
}

export const prose = { rules: { 'plain-comments': plainComments } };
