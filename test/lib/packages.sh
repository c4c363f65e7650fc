# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Debian packages the host itself needs.

HOST_PACKAGES=(
	mmdebstrap debian-archive-keyring busybox-static cpio
	perl gcc make libc6-dev binutils util-linux coreutils diffutils xz-utils
)

# A keyring older than a suite cannot verify it.
keyring_knows()
{
	local suite=$1

	case $suite in
	sid|unstable|experimental) return 0 ;;
	esac
	[ -e "/usr/share/keyrings/debian-archive-$suite-stable.gpg" ] ||
		[ -e "/usr/share/keyrings/debian-archive-$suite-stable.pgp" ]
}

host_packages()
{
	local package suite missing=() log=$OUT/log/packages.log

	for package in "${HOST_PACKAGES[@]}"; do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null |
			grep -q ' ok installed$' || missing+=("$package")
	done
	for suite in "$@"; do
		keyring_knows "$suite" || missing+=(debian-archive-keyring)
	done
	[ ${#missing[@]} -gt 0 ] || return 0

	[ "$(id -u)" -eq 0 ] ||
		die "packages are missing; as root: apt-get install ${missing[*]}"
	say "host: installing ${missing[*]}"
	mkdir -p "${log%/*}"
	if ! { apt-get update &&
	       DEBIAN_FRONTEND=noninteractive apt-get install -y \
			--no-install-recommends "${missing[@]}"; } >"$log" 2>&1 </dev/null
	then
		die_log "$log" "apt-get could not install ${missing[*]}; is the archive reachable?"
	fi
	for suite in "$@"; do
		keyring_knows "$suite" ||
			die "debian-archive-keyring does not know $suite; upgrade it from this release's updates"
	done
}
