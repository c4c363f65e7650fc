# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# A chroot of a kernel's own suite: headers only build with the compiler and C
# library they were made for.

MIRROR=${UFFDWP_MIRROR:-http://deb.debian.org/debian}
SECURITY_MIRROR=${UFFDWP_SECURITY_MIRROR:-http://deb.debian.org/debian-security}
CHROOT_PACKAGES=gcc,make,sparse,libc6-dev
KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

apt_lines()
{
	local suite mirror

	for suite in ${1//,/ }; do
		case $suite in
		*-security) mirror=$SECURITY_MIRROR ;;
		*) mirror=$MIRROR ;;
		esac
		printf 'deb [signed-by=%s] %s %s main\n' "$KEYRING" "$mirror" "$suite"
	done
}

# debian_tree DIR VARIANT PACKAGES SUITES [MMDEBSTRAP-OPTION...]
debian_tree()
{
	local dir=$1 variant=$2 packages=$3 suites=$4 proxy=''

	shift 4
	# mmdebstrap does not read the host's apt configuration.
	eval "$(apt-config shell proxy Acquire::http::Proxy)"
	[ -z "$proxy" ] || set -- "$@" --aptopt="Acquire::http::Proxy \"$proxy\""

	mmdebstrap --mode=root --variant="$variant" --include="$packages" \
		--aptopt='Acquire::Retries "3"' \
		--dpkgopt='path-exclude=/usr/share/doc/*' \
		--dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		"$@" "${suites%%,*}" "$dir" - < <(apt_lines "$suites")
}

# chroot_make DIR SUITES EXPIRED
chroot_make()
{
	local options=(--skip=cleanup/apt/lists)

	[ "$3" != yes ] ||
		options+=(--aptopt='Acquire::Check-Valid-Until "false"')
	debian_tree "$1" apt "$CHROOT_PACKAGES" "$2" "${options[@]}"
}

# chroot_run DIR BIND COMMAND...: BIND (a directory of the host, or '') is /build
# inside.  The mounts live in a namespace of their own; they are undone by hand as
# well, because they propagate where the root is no mount point (a chroot itself).
chroot_run()
{
	local dir=$1 bind=$2 propagation=private

	shift 2
	unshare --mount true 2>/dev/null || propagation=unchanged
	# shellcheck disable=SC2016
	unshare --mount --propagation "$propagation" sh -euc '
		root=$1 bind=$2
		shift 2
		trap "umount \"$root/proc\"; [ -z \"$bind\" ] || umount \"$root/build\"" EXIT
		mount -t proc proc "$root/proc"
		[ -z "$bind" ] || mount --bind "$bind" "$root/build"
		[ ! -e /etc/resolv.conf ] || cat /etc/resolv.conf >"$root/etc/resolv.conf"
		chroot "$root" env -i HOME=/root LC_ALL=C \
			PATH=/usr/sbin:/usr/bin:/sbin:/bin \
			DEBIAN_FRONTEND=noninteractive ${http_proxy:+http_proxy="$http_proxy"} \
			"$@"
	' sh "$dir" "$bind" "$@" </dev/null
}
