/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All functions that are not static are exported; a file-scope declaration swallows the semicolon.
 */
#ifndef UMAPLE_SOURCE_EXPORT_H
#define UMAPLE_SOURCE_EXPORT_H

#define EXPORT_SYMBOL(name)	struct export_symbol_
#define EXPORT_SYMBOL_GPL(name) struct export_symbol_

#endif
