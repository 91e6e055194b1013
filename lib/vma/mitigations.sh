#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What the running kernel does in each function to keep speculation from being misled: "returns" if it
# returns through a thunk (AMD's retbleed and SRSO), else "none".
cd /sys/devices/system/cpu/vulnerabilities 2>/dev/null || { echo none; exit; }
if grep -qsE 'untrained return thunk|Safe RET' retbleed spec_rstack_overflow; then
	echo returns
else
	echo none
fi
