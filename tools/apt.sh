# To be sourced. apt_install PACKAGE…: installs them where apt-get is there and we are root or may sudo without a
# password; otherwise, or where it fails, prints the line to run and returns 1.

apt_install() {
    local as_root=()
    local line=(apt-get install -y --no-install-recommends "$@")
    if command -v apt-get >/dev/null; then
        [ "$(id -u)" -eq 0 ] || as_root=(sudo -n)
        if "${as_root[@]}" true 2>/dev/null; then
            if "${as_root[@]}" apt-get update -q && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive "${line[@]}" -q; then
                return 0
            fi
        fi
    fi </dev/null >&2
    echo "Please run: sudo ${line[*]}" >&2
    return 1
}
