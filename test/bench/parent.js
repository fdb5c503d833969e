/** Answers what the parent asks by name, and ends when the parent has gone. */
export function answerParent(answers) {
  process.on('message', (question) => void answer(answers, question));
  process.on('disconnect', () => process.exit());
  // Ctrl-C reaches the whole group; the parent has things to put away before it goes.
  process.on('SIGINT', () => process.exit(130));
}

async function answer(answers, { id, name, args }) {
  try {
    process.send({ id, result: await answers[name](...args) });
  } catch (error) {
    process.send({ id, error: error.stack });
  }
}
