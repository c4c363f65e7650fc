# SPDX-License-Identifier: GPL-2.0
#
# Builds uffdwp_guard.ko at the top level. Kbuild says what it is made of.

KDIR ?= /lib/modules/$(shell uname -r)/build

kbuild = $(MAKE) -C '$(KDIR)' M='$(CURDIR)'

.PHONY: all clean install dkms-install dkms-remove dkms-source demo shell check check-all check-debug soak bench style help kdir

all: kdir
	+$(kbuild) modules

install: all
	+$(kbuild) modules_install

dkms-install:
	@debian/dkms-checkout install $(or $(KERNELRELEASE),$(KVER))

dkms-remove:
	@debian/dkms-checkout remove

# All that dkms needs of this tree, where it looks for it.
dkms-source: dir = $(DESTDIR)/usr/src/uffdwp_guard-$(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
dkms-source:
	@set -e; for file in Kbuild Makefile dkms.conf module/*.[ch] include/*.h; do \
		install -D -m 644 "$$file" "$(dir)/$$file"; \
	done
	@install -D -m 755 debian/dkms-under-dpkg "$(dir)/debian/dkms-under-dpkg"

# Needs no kernel: the one that was built for may be gone.
clean:
	rm -f uffdwp_guard.ko uffdwp_guard.mod uffdwp_guard.mod.c *.o module/*.o
	rm -f Module.symvers modules.order .module-common.* .*.cmd module/.*.cmd
	rm -rf test/out

demo:
	@test/demo $(if $(KERNEL),-k '$(KERNEL)')

shell:
	@test/vm -g $(if $(KERNEL),-k '$(KERNEL)')

check:
	test/check $(if $(KERNEL),-k '$(KERNEL)') $(CASE)

check-all:
	test/check -a $(CASE)

check-debug:
	test/check $(addprefix -k ,$(or $(KERNEL),6.12-debug 7.3-debug 6.12-kcsan 7.3-kcsan 6.12-rt-debug 7.3-rt-debug)) $(CASE)

soak:
	test/soak $(if $(KERNEL),-k '$(KERNEL)')

bench:
	test/bench/run $(if $(KERNEL),-k '$(KERNEL)')

style:
	test/style

kdir:
	@test -e '$(KDIR)/Makefile' || { \
		echo "uffdwp_guard: no kernel to build for in '$(KDIR)': install linux-headers-$$(uname -r), or name a kernel's build folder with KDIR=" >&2; \
		exit 1; }
	@test -e '$(KDIR)/include/config/auto.conf' && test -e '$(KDIR)/Module.symvers' || { \
		echo "uffdwp_guard: '$(KDIR)' is not the build folder of a configured and built kernel (include/config/auto.conf or Module.symvers is missing): name another with KDIR=" >&2; \
		exit 1; }

help:
	@echo 'make             build uffdwp_guard.ko for the running kernel (KDIR=FOLDER for another)'
	@echo 'make install     install it where modprobe finds it'
	@echo 'make dkms-install'
	@echo '                 have it built by DKMS, for this kernel (KERNELRELEASE= for another) and all later ones'
	@echo 'make dkms-remove undo that'
	@echo 'make clean       remove what was built'
	@echo 'make demo        show in a VM: the bug, the guard seeing it, the guard repairing it (KERNEL=ROW)'
	@echo 'make shell       a shell in a VM with the guard loaded; it ends with exit (KERNEL=ROW)'
	@echo 'make check       run the tests in VMs, on the usual kernels (KERNEL=ROW CASE=NAME for others, or a part)'
	@echo 'make check-all   run all tests, on all kernels and systems'
	@echo 'make check-debug run them on kernels that check themselves (KERNEL=ROW CASE=NAME: one of these, or a part)'
	@echo 'make soak        long load with an oracle: SOAK_SECONDS= (1800) of it, twice on each of three kernels (KERNEL=ROW)'
	@echo 'make bench       count what it costs, in VMs, and write docs/cost.rst and its plots (KERNEL=ROW: print only)'
	@echo 'make style       checkpatch, kernel-doc, shellcheck'
