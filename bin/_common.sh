# Read by the scripts beside it (. bin/_common.sh): finds a Python, makes .venv, installs a lock, asks apt where it may.
# POSIX shell; every message in Chinese and English.

set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"
venv=$root/.venv
python=$venv/bin/python

say() { printf '%s\n  %s\n' "$1" "$2"; }
die() { say "$1" "$2" >&2; exit 1; }

# -- packages of Debian 12 and 13, Ubuntu 24.04 -----------------------------------------------------------------------

is_installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# missing a b 'c|d': those that are not there; of 'c|d' either will do, and the first is named.
missing() {
  command -v dpkg-query >/dev/null 2>&1 || return 0
  for wish in "$@"; do
    found=no
    for name in $(printf '%s' "$wish" | tr '|' ' '); do
      if is_installed "$name"; then found=yes; fi
    done
    [ $found = yes ] || printf '%s ' "${wish%%|*}"
  done
}

# apt_prefix: what to put before apt-get, on success; GONGDAN_NO_APT=1 keeps our hands off the system.
apt_prefix() {
  [ "${GONGDAN_NO_APT:-}" != 1 ] && command -v apt-get >/dev/null 2>&1 || return 1
  if [ "$(id -u)" = 0 ]; then
    echo env
  elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    echo sudo
  else
    return 1
  fi
}

# want 为什么 why packages...: installs what is missing where it may, else says what to type. Fails when still missing.
want() {
  why_zh=$1; why_en=$2; shift 2
  lacking=$(missing "$@")
  [ -n "$lacking" ] || return 0
  if prefix=$(apt_prefix); then
    say "正在安装系统软件包（${why_zh}）：$lacking" "Installing system packages ($why_en): $lacking"
    log=$(mktemp)
    # shellcheck disable=SC2086 # a list of names
    if { $prefix apt-get -qq -o DPkg::Lock::Timeout=120 update &&
         $prefix DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=120 \
           install --no-install-recommends $lacking; } >"$log" 2>&1 </dev/null; then
      rm -f "$log"
      return 0
    fi
    tail -n 5 "$log" >&2
    rm -f "$log"
  fi
  say "缺少系统软件包（${why_zh}），请运行：" "System packages are missing ($why_en), please type:" >&2
  echo "    sudo apt-get install $lacking" >&2
  return 1
}

want_printing() {
  want "生成 PDF 单据，没有也能用浏览器打印" "to make PDF papers; without them the browser prints" \
    libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 'fonts-noto-cjk|fonts-wqy-microhei|fonts-wqy-zenhei' || true
}

want_browser() {
  for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null 2>&1; then return 0; fi
  done
  if grep -q '^ID=ubuntu' /etc/os-release 2>/dev/null; then # its package only points to the snap
    say "浏览器测试需要 Chromium，请运行：" "The browser tests need Chromium, please type:" >&2
    echo "    sudo snap install chromium" >&2
    return 0
  fi
  want "浏览器测试" "for the browser tests" chromium || true
}

# -- Python -----------------------------------------------------------------------------------------------------------

find_python() {
  for name in python3 python3.11 python3.12 python3.13 python3.14; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$name"
      return 0
    fi
  done
  return 1
}

make_venv() {
  if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null &&
    "$python" -m pip --version >/dev/null 2>&1; then
    return 0
  fi
  system=$(find_python) || {
    want "程序需要 Python" "the program needs Python" python3 python3-venv || true
    system=$(find_python) || die "需要 Python 3.11 或更新的版本（Debian 12、Ubuntu 24.04 起自带）" \
      "Python 3.11 or newer is needed (Debian 12, Ubuntu 24.04 and later bring it)"
  }
  if ! "$system" -c 'import ensurepip, venv' 2>/dev/null; then
    version=$("$system" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    want "创建 Python 环境" "to make the Python environment" "python$version-venv" || exit 1
    "$system" -c 'import ensurepip, venv' 2>/dev/null ||
      die "$system 缺少 venv 和 ensurepip 模块，请先安装" "$system lacks the modules venv and ensurepip, please install them"
  fi
  say "正在创建 Python 环境 .venv" "Making the Python environment .venv"
  rm -rf "$venv"
  "$system" -m venv "$venv"
}

# pip_setting name: what pip would use, from its environment or else its files. uv reads neither.
pip_setting() {
  settings=$("$python" -m pip config list 2>/dev/null || true)
  for place in :env: install global; do
    value=$(printf '%s\n' "$settings" | sed -n "s/^$place\.$1='\(.*\)'\$/\1/p" | sed 's/\\n/ /g')
    if [ -n "$value" ]; then printf '%s' "$value"; return 0; fi
  done
}

# Passed on by the environment only: an address of a mirror never enters a file of the project.
uv_settings() {
  export UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1 UV_LINK_MODE="${UV_LINK_MODE:-copy}"
  export UV_INDEX_STRATEGY="${UV_INDEX_STRATEGY:-unsafe-best-match}" # as pip does; the hashes decide
  if [ -z "${UV_DEFAULT_INDEX:-}" ]; then
    value=$(pip_setting index-url); [ -z "$value" ] || export UV_DEFAULT_INDEX="$value"
  fi
  if [ -z "${UV_INDEX:-}" ]; then
    value=$(pip_setting extra-index-url); [ -z "$value" ] || export UV_INDEX="$value"
  fi
  if [ -z "${UV_FIND_LINKS:-}" ]; then
    value=$(pip_setting find-links | tr -s ' ' ','); [ -z "$value" ] || export UV_FIND_LINKS="$value"
  fi
  if [ -z "${UV_INSECURE_HOST:-}" ]; then
    value=$(pip_setting trusted-host); [ -z "$value" ] || export UV_INSECURE_HOST="$value"
  fi
  if [ -z "${SSL_CERT_FILE:-}" ]; then
    value=$(pip_setting cert); [ -z "$value" ] || export SSL_CERT_FILE="$value"
  fi
}

# get_uv: the pinned uv in .venv. Fails where there is none for this machine.
get_uv() {
  [ -x "$venv/bin/uv" ] ||
    "$python" -m pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.txt >/dev/null 2>&1
}

# install run|dev: the packages of that lock, checked by their hashes; nothing when the lock has not changed.
install() {
  make_venv
  lock=requirements/$1.txt
  stamp=$venv/installed-$1.txt
  cmp -s "$lock" "$stamp" && return 0
  say "正在安装 Python 软件包（首次约一分钟）" "Installing Python packages (about a minute the first time)"
  if ! { get_uv && (uv_settings && "$venv/bin/uv" pip install -q --python "$python" --require-hashes -r "$lock"); }; then
    say "uv 不可用，改用 pip" "uv does not work here, taking pip instead"
    "$python" -m pip install -q --disable-pip-version-check --require-hashes -r "$lock" ||
      die "软件包没有装上，请检查网络或 pip 的镜像设置后重试；您的数据没有变动" \
        "The packages could not be installed: please check the network or pip's mirror settings. Your data is untouched"
  fi
  cp "$lock" "$stamp"
}
