// SPDX-License-Identifier: GPL-2.0-only
/* For a reapbench without engines, which these commands need. */
#include "replay/replay.h"
#include "scenario/command.h"

int thaw_main(int argc, char **argv)
{
	return 1;
}

int mrelease_main(int argc, char **argv)
{
	return 1;
}

int scenario_main(int argc, char **argv)
{
	return 1;
}

int pressure_main(int argc, char **argv)
{
	return 1;
}

int replay_main(int argc, char **argv)
{
	return 1;
}
