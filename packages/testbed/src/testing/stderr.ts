/** Everything that this process says while its nodes run in it: their log lines go to standard output and error. */
export function captureOutput(): { text(): string; release(): void } {
  const said: string[] = [];
  const streams = [process.stdout, process.stderr].map((stream) => ({ stream, write: stream.write }));
  for (const { stream, write } of streams) {
    stream.write = ((chunk: string | Uint8Array, ...rest: never[]) => {
      said.push(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
      return write.call(stream, chunk, ...rest);
    }) as typeof stream.write;
  }
  return {
    text: () => said.join(''),
    release() {
      for (const { stream, write } of streams) stream.write = write;
    },
  };
}
