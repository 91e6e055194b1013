/* SPDX-License-Identifier: GPL-2.0-only */
/* `reapbench live`: real victims on the running kernel, beside the model. */
#ifndef UMAPLE_LIVE_LIVE_H
#define UMAPLE_LIVE_LIVE_H

/**
 * live_main() - Rebuild layouts in processes, kill them, and compare with races.
 * @argc: count of @argv.
 * @argv: argv[0] is what error messages begin with.
 *
 * Context: Main thread. Takes over SIGINT, SIGTERM, SIGHUP and SIGPIPE.
 * Return: An exit status: 0; 1 after a line on stderr; 2 for wrong usage; 128 and the signal's
 * number if it was interrupted, with what was finished reported. No victim, device or file stays in
 * any of these cases.
 */
int live_main(int argc, char **argv);

#endif
