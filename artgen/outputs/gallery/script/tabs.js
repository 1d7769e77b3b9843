// The parts of the page, one at a time. What is shown first is decided before the body is there.
const root = document.documentElement;
const find = (id) => document.getElementById(id);
const TABS = ["pictures", "time", "films", "report"];

const showTab = (name) => {
  root.dataset.tab = name;
  for (const link of document.querySelectorAll(".tabs a")) {
    if (link.dataset.tab === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
};

root.classList.add("js");
root.dataset.tab = TABS.find((name) => location.hash === `#${name}`) ?? "pictures";

const setUpTabs = () => {
  showTab(find(root.dataset.tab) ? root.dataset.tab : "pictures");
  const bar = document.querySelector(".tabs");
  bar.addEventListener("click", (event) => {
    const name = event.target.dataset.tab;
    if (!name) return;
    event.preventDefault();
    history.replaceState(null, "", `#${name}`);
    showTab(name);
    scrollTo(0, Math.min(scrollY, bar.offsetTop));
  });
};

// For those who do not see what changed. Behind an open dialog nothing is read out, so each has a place of its own.
const tell = (text) => { (document.querySelector("dialog[open] .told") ?? find("told")).textContent = text; };
