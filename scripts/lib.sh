# shellcheck shell=bash
# Functions that the scripts share. This file is sourced, not run.

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# A prefix for builds that check queries against .sqlx. Without it, the DATABASE_URL of a
# developer's environment would make the build ask whatever database it points to.
# shellcheck disable=SC2034 # The sourcing scripts use it.
offline=(env -u DATABASE_URL -u SQLX_OFFLINE_DIR SQLX_OFFLINE=true)

say() {
    printf '%s\n' "$*" >&2
}

fail() {
    say "$@"
    exit 1
}

can_be_root() {
    ((EUID == 0)) || command -v sudo >/dev/null
}

as_root() {
    if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

# need_packages PACKAGE…: installs those that are missing (Debian, Ubuntu) or says what to install.
need_packages() {
    local package missing=()
    if ! command -v apt-get >/dev/null; then
        fail "Taskwatt needs what Debian packages as: $*. Install it with this system's package manager, then run this again."
    fi
    for package; do
        if [[ $(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null) != ii* ]]; then
            missing+=("$package")
        fi
    done
    if ((${#missing[@]} == 0)); then
        return
    fi
    if ! can_be_root; then
        fail "Taskwatt needs more packages. Run this as root, then try again: apt-get install ${missing[*]}"
    fi
    say "Installing ${missing[*]} (may take some minutes)…"
    if [[ -z ${apt_updated-} ]]; then
        # One broken source among several must not stop us: the others may have all we need.
        as_root apt-get update -qq >/dev/null || say "Going on with the package lists that could be read."
        apt_updated=yes
    fi
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get install -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 "${missing[@]}" >/dev/null ||
        fail "apt-get could not install ${missing[*]}. Install it by hand, then run this again."
}

# Prints the directory of the first Postgres that is complete and new enough, in the order in which
# the service itself looks (src/db/private_postgres/find.rs).
find_pg_bin() {
    local dir program version
    while IFS= read -r dir; do
        [[ $dir == /* ]] || continue
        for program in initdb pg_ctl postgres pg_isready psql; do
            [[ -x $dir/$program ]] || continue 2
        done
        version=$("$dir/postgres" --version | sed 's/.*(PostgreSQL) \([0-9]*\).*/\1/')
        if [[ $version =~ ^[0-9]+$ ]] && ((version >= 14)); then
            printf '%s\n' "$dir"
            return
        fi
    done < <(
        pg_config --bindir 2>/dev/null
        tr ':' '\n' <<<"$PATH"
        printf '%s\n' /usr/lib/postgresql/*/bin /usr/pgsql-*/bin {/opt/homebrew,/usr/local}/opt/postgresql@*/bin | sort -rV
    )
    return 1
}

# Installs Postgres unless a usable one is there.
need_postgres() {
    local drop_in=/etc/postgresql-common/createcluster.d/taskwatt.conf
    if find_pg_bin >/dev/null; then
        return
    fi
    if command -v apt-get >/dev/null && can_be_root; then
        # Debian's package makes a cluster of its own and starts it, now and at every boot. Taskwatt
        # needs only the programs, so we forbid that while we install, and leave no setting behind.
        (
            trap 'as_root rm -f "$drop_in"' EXIT
            as_root mkdir -p "${drop_in%/*}"
            as_root tee "$drop_in" >/dev/null <<<"create_main_cluster = false"
            need_packages postgresql
        )
    else
        need_packages postgresql
    fi
    if ! find_pg_bin >/dev/null; then
        fail "Taskwatt needs PostgreSQL 14 or newer, which the package of this system is not. Install a newer one, then run this again."
    fi
}

# A few dependencies compile C code, and Rust links with the C compiler.
need_c_compiler() {
    if ! command -v cc >/dev/null; then
        need_packages build-essential
    fi
}

# Checks for Rust as new as Cargo.toml demands; how to install it is the developer's choice.
need_cargo() {
    local wanted found
    wanted=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' "$repo/Cargo.toml")
    # A shell that was open while rustup ran does not have its directory on PATH yet.
    if ! command -v cargo >/dev/null; then
        PATH=$PATH:${CARGO_HOME:-${HOME-}/.cargo}/bin
    fi
    found=$(cargo --version 2>/dev/null | cut -d ' ' -f 2) || found=
    if [[ -n $found && $(printf '%s\n' "$wanted" "$found" | sort -V | head -n 1) == "$wanted" ]]; then
        return
    fi
    fail "Taskwatt needs Rust $wanted or newer and found ${found:-none}. Install it as https://rustup.rs says, or update it with \`rustup update stable\`, then run this again."
}

has_all() {
    local program
    for program; do
        command -v "$program" >/dev/null || return 1
    done
}

has_any() {
    local program
    for program; do
        command -v "$program" >/dev/null && return
    done
    return 1
}

node_is_new_enough() {
    local version
    version=$(node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/') || return
    [[ $version =~ ^[0-9]+$ ]] && ((version >= 18)) && has_all npm
}

# npm_ci DIRECTORY: installs what its lock file names, unless that was done since it last changed.
npm_ci() {
    # npm leaves this file when it has installed everything.
    local installed=$1/node_modules/.package-lock.json
    if [[ ! -e $installed || $1/package-lock.json -nt $installed ]]; then
        (cd "$1" && npm ci --no-audit --no-fund --loglevel=error >&2)
    fi
}

# need_node WHAT…: says for what Node.js is needed where there is none that is new enough.
need_node() {
    node_is_new_enough || need_packages nodejs npm
    node_is_new_enough || fail "$* need Node.js 18 or newer with npm, which the package of this system is not. Install a newer one, then run this again."
}

# What the tests of docs/examples need: Python, and Node.js with the TypeScript compiler.
need_example_tools() {
    has_all python3 || need_packages python3
    need_node "The tests of the examples"
    npm_ci "$repo/tests/examples"
}

# What the browser tests need: a browser, Node.js to drive it and a reader of printed pages.
need_browser_tools() {
    [[ -n ${CHROMIUM-} ]] || has_any chromium chromium-browser google-chrome || need_packages chromium
    has_all pdftotext pdftoppm || need_packages poppler-utils
    need_node "The browser tests"
}

# Prints the directory in which Cargo builds.
target_dir() {
    local target=${CARGO_TARGET_DIR:-target}
    [[ $target == /* ]] || target=$repo/$target
    printf '%s\n' "$target"
}

# need_python_tools DIRECTORY WANTED: a virtual environment with what the file WANTED names.
need_python_tools() {
    local dir=$1 wanted=$2
    # The copy is made when everything is installed.
    if cmp -s "$wanted" "$dir/requirements.txt"; then
        return
    fi
    python3 -c 'import ensurepip, venv' 2>/dev/null || need_packages python3 python3-venv
    rm -rf "$dir"
    mkdir -p "${dir%/*}"
    python3 -m venv "$dir"
    "$dir/bin/pip" install --quiet --disable-pip-version-check --requirement "$wanted" ||
        fail "The checks need what $wanted names."
    cp "$wanted" "$dir/requirements.txt"
}

# Prints the directory of the virtual environment of the tools that check the OpenAPI document.
openapi_tools_dir() {
    printf '%s/openapi-tools\n' "$(target_dir)"
}

# What the checks of the OpenAPI document need, as tests/openapi/requirements.txt names it.
need_openapi_tools() {
    need_python_tools "$(openapi_tools_dir)" "$repo/tests/openapi/requirements.txt"
}

# Prints the directory of the virtual environment of the programs that read the files of disclosures back.
formats_tools_dir() {
    printf '%s/formats-tools\n' "$(target_dir)"
}

# What reads them, as tests/formats/requirements.txt names it.
need_formats_tools() {
    need_python_tools "$(formats_tools_dir)" "$repo/tests/formats/requirements.txt"
}

# Prints the directory of the virtual environment of the client that the reader of ENTSO-E is compared with.
entsoe_tools_dir() {
    printf '%s/entsoe-tools\n' "$(target_dir)"
}

# What the test of that reader needs, as tests/entsoe/requirements.txt names it.
need_entsoe_tools() {
    need_python_tools "$(entsoe_tools_dir)" "$repo/tests/entsoe/requirements.txt"
}

# Prints the directory of the virtual environment of the readers of PDF files.
pdf_tools_dir() {
    printf '%s/pdf-tools\n' "$(target_dir)"
}

# What the checks of PDF files need: programs that read them, and what tests/pdf/requirements.txt names.
need_pdf_tools() {
    has_all pdfinfo pdffonts || need_packages poppler-utils
    has_all qpdf || need_packages qpdf
    need_python_tools "$(pdf_tools_dir)" "$repo/tests/pdf/requirements.txt"
}

# Prints the directory of the virtual environment of Arelle, which reads the XBRL files.
arelle_tools_dir() {
    printf '%s/arelle-tools\n' "$(target_dir)"
}

# What the test of those files needs, as tests/formats/xbrl/requirements.txt names it.
need_arelle() {
    need_python_tools "$(arelle_tools_dir)" "$repo/tests/formats/xbrl/requirements.txt"
}
