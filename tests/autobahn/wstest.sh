# Autobahn's test suite, installed into target/autobahn/ where it is not there yet. To be sourced; sets `place` and `wstest`,
# which WSTEST names where it is somewhere else.
#
# It needs Python 2.7: PYTHON2 names one, else python2.7, python2 or pypy of the PATH, or one of pyenv. Packages are those
# that it asks for, except where those have no wheel. Of 12.* and 13.* each case has MESSAGES messages, 50 if nothing is
# said: with its own 1,000 a side takes an hour or more.

place="$PWD/target/autobahn"
wstest="${WSTEST:-$place/venv/bin/wstest}"
mkdir -p "$place"

python2() {
    local candidate
    for candidate in "${PYTHON2:-}" "$HOME"/.pyenv/versions/2.7.*/bin/python2.7 python2.7 python2 pypy; do
        if [ -n "$candidate" ] && "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (2, 7))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo 'not run: Python 2.7 is needed; name one by PYTHON2, or pyenv install 2.7.18' >&2
    return 1
}

if [ ! -x "$wstest" ]; then
    python="$(python2)"
    "$python" -m pip install --quiet --target "$place/virtualenv" 'virtualenv==20.15.1' 2>/dev/null
    PYTHONPATH="$place/virtualenv" "$python" -m virtualenv --quiet "$place/venv"
    pip=("$place/venv/bin/pip" install --quiet --prefer-binary)
    "${pip[@]}" six==1.16.0 markupsafe==1.1.1 jinja2==2.11.3 Werkzeug==1.0.1 incremental==16.10.1 \
        zope.interface==5.1.0 Twisted==20.3.0 unittest2==1.1.0 cffi cryptography==3.3.2 pyOpenSSL==19.1.0 \
        service-identity==18.1.0 ujson==2.0.3 2>/dev/null
    "${pip[@]}" --no-deps txaio==2.1.0 autobahn==0.10.9 klein==17.10.0 autobahntestsuite 2>/dev/null
fi

python="$place/venv/bin/python"
if [ -x "$python" ]; then
    cases="$("$python" -c 'import autobahntestsuite.case as c; print(c.__path__[0])')/case12_x_x.py"
    sed -i -E "s/^(   \([0-9]+, +)[0-9]+(, [0-9]+ *, [0-9]+\),)\$/\1${MESSAGES:-50}\2/" "$cases"
fi
