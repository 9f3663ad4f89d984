// What a person does: where the pointer goes, and what is pressed there.

/** A click on what `find` finds; the pointer is there before, as a hand's is. */
export function click(find) {
  return {
    async prepare(page) {
      const target = find(page);
      await target.scrollIntoViewIfNeeded();
      const box = await target.boundingBox();
      // Not the middle: the name of a wide row is at its left.
      await page.mouse.move(box.x + Math.min(box.width / 2, 40), box.y + box.height / 2);
    },
    async act(page) {
      await page.mouse.down();
      await page.mouse.up();
    },
  };
}

/** A key, in the field that `find` finds, or wherever the focus is. */
export function key(name, find) {
  return {
    async prepare(page) {
      await find?.(page).focus();
    },
    act: (page) => page.keyboard.press(name),
  };
}

/** One choice of a list of choices, for which the page asks the server at an address that contains `asks`. */
export function select(find, value, asks) {
  return {
    prepare: (page) => find(page).focus(),
    act: (page) => Promise.all([page.waitForResponse((response) => response.url().includes(asks)), find(page).selectOption(value)]),
  };
}

/** The wheel over what `find` finds, down by `px`. */
export function wheel(find, px) {
  return {
    prepare: (page) => find(page).hover(),
    act: (page) => page.mouse.wheel(0, px),
  };
}

/** The back button. */
export const back = { act: (page) => page.goBack() };
