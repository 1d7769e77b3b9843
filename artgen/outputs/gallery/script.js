"use strict";
(() => {
  const root = document.documentElement;
  const find = (id) => document.getElementById(id);
  root.classList.add("js");

  // The film plays by itself unless motion is unwelcome; either way it can be stopped.
  const film = document.querySelector(".film.lead video");
  const play = find("play");
  if (film && play) {
    const tell = () => { play.textContent = film.paused ? "Play" : "Pause"; };
    film.id = "lead-film";
    film.removeAttribute("controls");
    film.addEventListener("play", tell);
    film.addEventListener("pause", tell);
    const toggle = () => { film.paused ? film.play().catch(tell) : film.pause(); };
    play.addEventListener("click", toggle);
    film.addEventListener("click", toggle);
    tell();
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) film.play().catch(tell);
  }

  // The larger view.
  const viewer = find("viewer");
  const links = [...document.querySelectorAll(".grid a")];
  const viewed = find("viewed");
  const copy = find("copy");
  let shown = 0;

  const preload = (index) => { if (links[index]) new Image().src = links[index].dataset.view; };

  const show = (index) => {
    shown = (index + links.length) % links.length;
    const link = links[shown];
    const tile = link.querySelector("img");
    viewed.src = link.dataset.view;
    viewed.alt = tile.alt;
    viewed.width = tile.width;
    viewed.height = tile.height;
    find("viewer-seed").textContent = link.dataset.name;
    find("full").href = link.getAttribute("href");
    if (copy) copy.textContent = "Copy seed";
    const own = link.parentElement.querySelector(".own");
    if (own) find("own").replaceChildren(...own.cloneNode(true).children);
    history.replaceState(null, "", `#${encodeURIComponent(link.parentElement.id)}`);
    preload(shown + 1);
    preload(shown - 1);
  };

  const open = (index) => {
    show(index);
    if (!viewer.open) viewer.showModal();
  };

  links.forEach((link, index) => link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(index);
  }));

  const steps = {
    ArrowRight: () => show(shown + 1),
    ArrowLeft: () => show(shown - 1),
    Home: () => show(0),
    End: () => show(links.length - 1),
  };
  viewer.addEventListener("keydown", (event) => {
    const step = steps[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    step();
  });
  find("previous").addEventListener("click", steps.ArrowLeft);
  find("next").addEventListener("click", steps.ArrowRight);
  find("close").addEventListener("click", () => viewer.close());
  viewer.addEventListener("close", () => {
    history.replaceState(null, "", location.pathname + location.search);
    links[shown].focus();
  });

  let touchedAt = null;
  viewed.addEventListener("touchstart", (event) => { touchedAt = event.changedTouches[0].clientX; }, { passive: true });
  viewed.addEventListener("touchend", (event) => {
    const moved = event.changedTouches[0].clientX - touchedAt;
    if (Math.abs(moved) > 40) show(shown + (moved < 0 ? 1 : -1));
  });

  const copied = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const field = document.createElement("textarea");
      field.value = text;
      viewer.append(field);
      field.select();
      const done = document.execCommand("copy");
      field.remove();
      return done;
    }
  };
  if (copy) copy.addEventListener("click", async () => {
    copy.textContent = (await copied(links[shown].dataset.seed)) ? "Copied" : "Not allowed here";
    copy.focus();
  });

  const named = () => {
    const index = links.findIndex((link) => `#${encodeURIComponent(link.parentElement.id)}` === location.hash);
    if (index >= 0) open(index);
  };
  addEventListener("hashchange", named);
  named();

  // The same pictures over time.
  const slider = find("slider");
  if (slider) {
    const moments = [...document.querySelectorAll(".moments a")];
    const moment = find("moment");
    slider.addEventListener("input", () => {
      const link = moments[slider.value];
      moment.src = link.getAttribute("href");
      moment.alt = moment.alt.replace(/, .*/, `, ${link.textContent}`);
      find("when").textContent = link.textContent;
    });
    slider.addEventListener("pointerdown", () => moments.forEach((link) => { new Image().src = link.href; }), { once: true });
  }
})();
