// The film beside the title plays by itself unless motion is unwelcome; either way it can be stopped.
const setUpLeadFilm = () => {
  const film = document.querySelector(".film.lead video");
  const play = find("play");
  if (!film) return;
  const tellState = () => {
    play.textContent = film.paused ? "Play" : "Pause";
    play.ariaLabel = `${play.textContent} the film`;
  };
  const toggle = () => { film.paused ? film.play().catch(tellState) : film.pause(); };
  film.removeAttribute("controls");
  film.addEventListener("play", tellState);
  film.addEventListener("pause", tellState);
  film.addEventListener("click", toggle);
  play.addEventListener("click", toggle);
  tellState();
  if (!matchMedia("(prefers-reduced-motion: reduce)").matches) film.play().catch(tellState);
};

// Pictures that move by themselves can be stopped: their first one stands in for them.
const setUpMovingPictures = () => {
  for (const button of document.querySelectorAll(".still")) {
    const still = button.parentElement.querySelector("source");
    const motion = still.media;
    const onlyStill = matchMedia(motion);
    button.addEventListener("click", () => {
      const paused = button.ariaPressed === "false";
      button.ariaPressed = paused;
      still.media = paused ? "all" : motion;
    });
    if (onlyStill.matches) button.remove();
  }
};

// The same pictures over time.
const setUpSlider = () => {
  const slider = find("slider");
  if (!slider) return;
  const moments = [...document.querySelectorAll(".moments a")];
  const moment = find("moment");
  const show = () => {
    const link = moments[slider.value];
    moment.src = link.getAttribute("href");
    moment.alt = moment.alt.replace(/, .*/, `, ${link.textContent}`);
    find("when").textContent = link.textContent;
  };
  slider.addEventListener("input", show);
  addEventListener("pageshow", () => { if (slider.value !== slider.max) show(); }); // as it was left
  const preload = () => moments.forEach((link) => { new Image().src = link.href; });
  slider.addEventListener("pointerdown", preload, { once: true });
};
