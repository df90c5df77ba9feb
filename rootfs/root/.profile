# Read by root's login shell.
alias ll='ls -l'
alias la='ls -la'
