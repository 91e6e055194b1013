/* SPDX-License-Identifier: GPL-2.0-only */
/* Any bytes as text of an XML document. */
#ifndef FLAMEGRAPH_XML_H
#define FLAMEGRAPH_XML_H

#include <stdio.h>

#include "text.h"

/**
 * utf8_next() - The character a text begins with.
 * @t: the text; not empty.
 * @c: filled with the character; U+FFFD for what is not UTF-8 or may not stand in XML.
 *
 * Context: Any.
 * Return: how many bytes it takes, at least 1.
 */
size_t utf8_next(struct text t, uint32_t *c);

/**
 * text_columns() - How wide a text is in a font of fixed width.
 * @t: the text.
 *
 * Context: Any.
 * Return: the number of columns; Chinese, Japanese and Korean characters take two.
 */
size_t text_columns(struct text t);

/**
 * text_clip() - The beginning of a text that is not wider than this.
 * @t: the text.
 * @columns: how wide.
 *
 * Context: Any.
 * Return: the beginning, whole characters.
 */
struct text text_clip(struct text t, size_t columns);

/**
 * xml_text() - Write a text so that a reader of XML gets it back.
 * @out: where to.
 * @t: any bytes; what XML cannot say becomes U+FFFD. Fits between tags and in quotes.
 *
 * Context: May sleep.
 */
void xml_text(FILE *out, struct text t);

#endif
