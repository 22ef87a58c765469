if (navigator.clipboard) {
  const told = document.getElementById('copied');
  for (const pre of document.querySelectorAll('.pull pre')) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = 'Copy';
    button.setAttribute('aria-label', `Copy for ${pre.dataset.for}`);
    button.onclick = async () => {
      await navigator.clipboard.writeText(pre.textContent);
      told.textContent = '';
      told.textContent = button.textContent = 'Copied';
      setTimeout(() => {
        button.textContent = 'Copy';
      }, 2000);
    };
    pre.after(button);
  }
}
