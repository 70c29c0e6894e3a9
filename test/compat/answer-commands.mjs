/** Answers the messages of compat-process.ts with what the commands return. */
export function answerCommands(commands) {
  const answer = async ({ number, command, ...parameters }) => {
    try {
      process.send({ number, result: await commands[command](parameters) })
    } catch (error) {
      process.send({ number, failure: error instanceof Error ? error.message : JSON.stringify(error) })
    }
  }
  process.on('message', (message) => void answer(message))
  process.on('disconnect', () => process.exit())
  process.send({ number: 0 })
}
