(() => {
  document.documentElement.classList.add("js");

  document.addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll(".copy")) {
      button.addEventListener("click", async () => {
        const done = await copied(button.previousElementSibling.textContent, button.parentElement);
        button.textContent = done ? "Copied" : "Not allowed here";
        button.focus();
      });
    }

    const still = document.getElementById("still");
    const films = [...document.querySelectorAll(".film img")];
    for (const film of films) film.dataset.film = film.getAttribute("src");
    still.addEventListener("click", () => {
      const paused = still.getAttribute("aria-pressed") === "false";
      still.setAttribute("aria-pressed", String(paused));
      for (const film of films) film.src = paused ? film.dataset.still : film.dataset.film;
    });
    still.parentElement.hidden = films.length === 0 || matchMedia("(prefers-reduced-motion: reduce)").matches;
  });
})();
