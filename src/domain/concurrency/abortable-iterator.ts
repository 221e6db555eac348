/**
 * Makes an async iterator that can be returned from while `next` is pending. A generator cannot: it queues `return`
 * until its pending `await` settles, which for a live source may be never.
 *
 * @param toItem maps each item of the source
 * @param abort settles what the source is waiting for; called once, however the iteration ends
 */
export function abortableIterator<Source, Item>(
  source: AsyncIterator<Source, void, undefined>,
  toItem: (item: Source) => Item,
  abort: () => void = () => undefined,
): AsyncIterableIterator<Item, void, undefined> & { return(): Promise<IteratorReturnResult<void>> } {
  let isOpen = true;
  const close = (): void => {
    if (isOpen) abort();
    isOpen = false;
  };
  return {
    async next() {
      try {
        const result = await source.next();
        if (!result.done) return { done: false, value: toItem(result.value) };
        close();
        return { done: true, value: undefined };
      } catch (error) {
        close();
        throw error;
      }
    },
    async return() {
      close();
      await source.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
