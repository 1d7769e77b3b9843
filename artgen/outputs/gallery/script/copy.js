// Copying and saving, also where a page from a folder may not use the clipboard itself.
const copied = async (text, beside = document.querySelector("dialog[open]") ?? document.body) => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    beside.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
};

// A button that copies a text and says so.
const copies = (button, text) => {
  if (!button) return;
  const label = button.textContent;
  button.addEventListener("click", async () => {
    button.textContent = (await copied(text())) ? "Copied" : "Not allowed here";
    button.focus();
    tell(button.textContent);
    setTimeout(() => { button.textContent = label; }, 1600);
  });
};

const save = (name, type, text) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
};

// A word for a shell, as it stands.
const quoted = (word) => (/^[\w.+@/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\"'\"'")}'`);
