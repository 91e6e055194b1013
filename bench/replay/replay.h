/* SPDX-License-Identifier: GPL-2.0-only */
/* `reapbench replay`: calls that a real process made, on an address space of ours. */
#ifndef UMAPLE_REPLAY_REPLAY_H
#define UMAPLE_REPLAY_REPLAY_H

/**
 * replay_main() - Do the calls of a file, and compare what they return.
 * @argc: count of @argv.
 * @argv: argv[0] is what error messages begin with.
 *
 * Context: Main thread.
 * Return: An exit status: 0 if every call returned what the file says; 1 at the first one that did
 * not, or after a failure; 2 for wrong usage.
 */
int replay_main(int argc, char **argv);

#endif
