# SPDX-License-Identifier: GPL-2.0

KDIR ?= /lib/modules/$(shell uname -r)/build

all: kdir
	$(MAKE) -C '$(KDIR)' M='$(CURDIR)' modules

.PHONY: all kdir
kdir:
	@:
