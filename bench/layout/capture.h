/* SPDX-License-Identifier: GPL-2.0-only */
/* The layout of a living process, written to a file. */
#ifndef UMAPLE_CAPTURE_H
#define UMAPLE_CAPTURE_H

/**
 * capture_main() - The command "reapbench capture".
 * @argc: as for main(); argv[0] is the name that messages begin with.
 * @argv: --pid N -o FILE, or -o FILE -- CMD ARGS; --help tells the rest.
 *
 * Context: The main function of a program: wrong usage and --help end it with exit(). Changes
 * the disposition of SIGCHLD while a CMD runs.
 * Return: The exit status: 0, or 1 after one line on stderr. Wrong usage exits with 2.
 */
int capture_main(int argc, char **argv);

#endif
