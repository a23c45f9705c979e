#!/bin/sh
# Makes or mends .venv, then installs what is asked for: `sh .ci/install.sh .` or `sh .ci/install.sh '.[test]'`.
# The Makefile calls it from the repository's root; PYTHON and NEEDED_GB come from the environment.
# POSIX sh, because there may be no Python yet. What is wrong is said in one sentence.
set -eu

oldest=3.11
case $(uname -s) in
    Linux) needed_gb=${NEEDED_GB:-3} ;; # PyTorch may come with CUDA
    *) needed_gb=${NEEDED_GB:-2} ;;
esac

fail() {
    printf '%s\n' "$1" >&2
    exit 1
}

# The version of an interpreter; nothing for one that does not run (pyenv's shims can be such).
version_of() {
    "$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null || true
}

is_new_enough() { # 3.9.1 is older than 3.11, whatever the alphabet says
    major=${1%%.*}
    minor=${1#*.}
    minor=${minor%%.*}
    [ -n "$1" ] && { [ "$major" -gt 3 ] || { [ "$major" -eq 3 ] && [ "$minor" -ge "${oldest#3.}" ]; }; }
}

# Sets python to the interpreter that PYTHON names, else to the first one that will do.
find_python() {
    if [ -n "${PYTHON:-}" ]; then
        set -- "$PYTHON"
    else
        set -- python3 python3.14 python3.13 python3.12 python3.11 python
    fi
    found=
    for python; do
        version=
        if ! command -v "$python" >/dev/null; then
            what="is not there"
        else
            version=$(version_of "$python")
            what="does not run"
        fi
        if is_new_enough "$version"; then
            return
        fi
        if [ -n "$version" ]; then
            what="is Python $version"
        elif [ "$what" = "is not there" ] && [ $# -gt 1 ]; then
            continue # of six names, those that no one has are not worth a word
        fi
        found="${found:+$found, }$python $what"
    done
    fail "Python $oldest or newer is needed (found: ${found:-none}): install one from python.org or your\
 system's packages, or name it, as in \`make lab PYTHON=/path/to/python3\`."
}

# A .venv is used again unless its installation was cut short or its Python is gone or too old.
is_sound() {
    [ ! -e .venv/.installing ] && is_new_enough "$(version_of .venv/bin/python)" &&
        { .venv/bin/python -m pip --version || .venv/bin/python -m ensurepip; } >/dev/null 2>&1
}

# On Ctrl-C stop here, with the mark in place: pip may have left half a package behind.
trap 'exit 130' HUP INT TERM

if ! is_sound; then
    rm -rf .venv # first, or else an activated .venv's own python3 could be chosen to make it anew
    find_python
    "$python" -c 'import ensurepip, venv' 2>/dev/null || fail "$python ($version) has no venv module:\
 install it (on Debian and Ubuntu: \`apt install python3-venv\`), then call make again."
fi
if [ ! -e .venv/.lab-installed ]; then
    [ -n "${python:-}" ] || python=.venv/bin/python
    free_gb=$("$python" -c 'import shutil; print("%.1f" % (shutil.disk_usage(".").free / 1e9))')
    "$python" -c "raise SystemExit(float('$free_gb') < float('$needed_gb'))" || fail "The packages need about\
 $needed_gb GB and the disk has $free_gb GB free at $PWD: make room, or set NEEDED_GB to what you know will do."
fi

if [ ! -e .venv ]; then
    mkdir .venv
    : >.venv/.installing
    "$python" -m venv .venv
fi
: >.venv/.installing
if [ -e .venv/.lab-installed ]; then
    echo "Adding to .venv what is missing."
    set -- --quiet --editable "$1"
else
    echo "Installing into .venv: a few minutes the first time."
    set -- --editable "$1"
fi
if .venv/bin/python -m pip install --disable-pip-version-check --constraint constraints.txt "$@"; then
    # A learner's first sight should not be JupyterLab's question whether to fetch its news, nor its offer to
    # update what is pinned.
    mkdir -p .venv/etc/jupyter/labconfig
    echo '{"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": true}}' \
        >.venv/etc/jupyter/labconfig/page_config.json
    pwd -P >.venv/.folder
    rm .venv/.installing
else
    rm .venv/.installing # pip tidies up after its own failures: what was there still works
    fail "pip could not install the packages: its reason stands above."
fi
