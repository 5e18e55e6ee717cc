# Sourced after setup.sh by the scripts that run Python: environments of their own, with pinned packages.

has_venv() { python3 -c 'import venv, ensurepip' 2>/dev/null; }

need_python() { need_packages has_venv python3 python3-venv; }

# need_environment DIRECTORY PACKAGES: a Python environment that holds the packages, told as in a
# requirements file. Fails with pip's last words where pip cannot install them.
need_environment() {
  local environment=$1 packages=$2
  need_python
  if [ "$(cat "$environment/installed" 2>/dev/null)" = "$packages" ]; then return; fi
  say "setting up $environment"
  python3 -m venv "$environment" || return
  echo "$packages" >"$environment/needed"
  if ! "$environment/bin/python" -m pip install -q -r "$environment/needed" >"$environment/log" 2>&1; then
    tail -n 5 "$environment/log" >&2
    return 1
  fi
  mv "$environment/needed" "$environment/installed"
}

# trainer_packages [EXTRA]: what the trainer depends on, and what it does for an extra of its
# pyproject.toml. Not the trainer itself: installing it would build inside the tree.
trainer_packages() {
  need_python
  python3 -c 'import sys, tomllib
project = tomllib.load(open(sys.argv[1], "rb"))["project"]
extras = [package for extra in sys.argv[2:] for package in project["optional-dependencies"][extra]]
print(*project["dependencies"], *extras, sep="\n")' "$root/Tools/train/pyproject.toml" "$@"
}

# The trainer's waiting threads sleep after a tenth of a millisecond, as the machine may have other
# work: beside such a step takes 2 % longer than if they slept at once, alone 6 % less. (By default
# they wait busily for each other: six times as long beside other work.) What is already set stays.
let_threads_sleep() {
  [ "${OMP_WAIT_POLICY:-}" ] || export GOMP_SPINCOUNT=${GOMP_SPINCOUNT:-1000}
}
