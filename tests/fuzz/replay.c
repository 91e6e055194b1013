// SPDX-License-Identifier: GPL-2.0-only
/* replay FILE...: give each file to a fuzz target once, where there is no libFuzzer. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t *read_whole(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL;
	size_t room = 0;

	*size = 0;
	if (!file)
		return NULL;
	do {
		if (*size == room) {
			uint8_t *larger = realloc(data, room += 65536);

			if (!larger)
				goto fail;
			data = larger;
		}
		*size += fread(data + *size, 1, room - *size, file);
	} while (!feof(file) && !ferror(file));
	if (!ferror(file)) {
		fclose(file);
		return data;
	}
fail:
	free(data);
	fclose(file);
	return NULL;
}

int main(int argc, char **argv)
{
	int i;

	if (argc < 2) {
		fprintf(stderr, "usage: replay FILE...\n");
		return 2;
	}
	for (i = 1; i < argc; i++) {
		size_t size;
		uint8_t *data = read_whole(argv[i], &size);

		if (!data) {
			fprintf(stderr, "replay: %s: %s\n", argv[i], strerror(errno));
			return 1;
		}
		LLVMFuzzerTestOneInput(data, size);
		free(data);
	}
	printf("%d inputs\n", argc - 1);
	return 0;
}
