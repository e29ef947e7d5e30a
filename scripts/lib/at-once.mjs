/** Does `work` for each of a list, `most` at a time. Resolves to the results, in the order of the list. */
export async function atOnce(most, list, work) {
  const waiting = [...list.entries()];
  const results = [];
  const next = async () => {
    for (let entry = waiting.shift(); entry !== undefined; entry = waiting.shift())
      results[entry[0]] = await work(entry[1]);
  };
  await Promise.all(Array.from({ length: most }, next));
  return results;
}
