# shellcheck shell=bash
# To be sourced: packages of Debian 12 from the mirrors that this machine uses, with an apt
# state in $cache, the caller's own directory, so that nothing under /etc or /var/lib/apt
# changes.

# private_apt NAME ARCH SUITE... makes the state, to be used with
# APT_CONFIG=$cache/apt-NAME/apt.conf.
private_apt() {
	local dir=$cache/apt-$1 arch=$2 suite mirror uri
	shift 2
	mkdir -p "$dir/lists/partial" "$dir/archives/partial"
	: >"$dir/sources.list"
	for suite; do
		mirror=debian
		[[ $suite == *-security ]] && mirror=debian-security
		uri=$(apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages' |
			grep -E "/$mirror/?\$" | head -1 || true)
		echo "deb [arch=$arch signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
			"${uri:-http://deb.debian.org/$mirror} $suite main" >>"$dir/sources.list"
	done
	cat >"$dir/apt.conf" <<-CONF
		APT::Architecture "$arch";
		APT::Architectures "$arch";
		APT::Sandbox::User "root";
		Acquire::Retries "3";
		Dir::Etc::sourcelist "$dir/sources.list";
		Dir::Etc::sourceparts "/dev/null";
		Dir::State::Lists "$dir/lists";
		Dir::Cache::archives "$dir/archives";
		Dir::Cache::pkgcache "";
		Dir::Cache::srcpkgcache "";
	CONF
	if [[ $arch != "$(dpkg --print-architecture)" ]]; then
		echo 'Dir::State::status "/dev/null";' >>"$dir/apt.conf"
	fi
	APT_CONFIG=$dir/apt.conf apt-get -qq update
}
