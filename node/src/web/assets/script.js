// Optional: pages work without it. Spoken labels play in place, a pressed button says so, a page
// that waits too long locks itself, Escape twice leaves.
(() => {
  const audio = new Audio();
  document.addEventListener("click", event => {
    const link = event.target.closest("a.speak");
    if (!link) return;
    event.preventDefault();
    audio.src = link.href;
    audio.play().catch(() => speak(link));
  });
  audio.addEventListener("error", () => {
    const link = document.querySelector('a.speak[href="' + new URL(audio.src).pathname + '"]');
    if (link) speak(link);
  });
  function speak(link) {
    if (!window.speechSynthesis) return;
    const words = new SpeechSynthesisUtterance(link.dataset.say || "");
    words.lang = document.documentElement.lang;
    speechSynthesis.cancel();
    speechSynthesis.speak(words);
  }
  document.addEventListener("submit", event => {
    const button = event.submitter;
    if (!button) return;
    setTimeout(() => { button.disabled = true; }, 0);
    // What is saved as a file leaves the page as it is.
    setTimeout(() => { button.disabled = false; }, 4000);
  });
  let escaped = 0;
  document.addEventListener("keydown", event => {
    if (event.key !== "Escape") return;
    const leave = document.getElementById("leave");
    if (Date.now() - escaped < 800 && leave) leave.requestSubmit();
    escaped = Date.now();
  });
  if (document.body.dataset.locks) {
    let idle, told = Date.now();
    const wait = () => {
      clearTimeout(idle);
      idle = setTimeout(() => location.replace("/people"), Number(document.body.dataset.locks) * 1000 + 1500);
    };
    wait();
    // Who writes is there: what they wrote is not to be lost.
    document.addEventListener("input", () => {
      wait();
      if (Date.now() - told < 30000) return;
      told = Date.now();
      fetch("/people", { method: "HEAD" }).catch(() => {});
    });
  }
  window.addEventListener("pageshow", event => { if (event.persisted) location.reload(); });
})();
