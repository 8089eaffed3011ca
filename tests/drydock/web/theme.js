// Light, dark, or as the system has it. What was chosen is kept in the browser.

const KEY = 'drydock-theme';
const NEXT = {auto: 'light', light: 'dark', dark: 'auto'};

export function startTheme(button) {
  const use = (theme) => {
    if (theme === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    button.textContent = `Theme: ${theme}`;
    return theme;
  };
  let theme = use(NEXT[localStorage.getItem(KEY)] ? localStorage.getItem(KEY) : 'auto');
  button.addEventListener('click', () => {
    theme = use(NEXT[theme]);
    localStorage.setItem(KEY, theme);
  });
}
