/* readelf -d: the dynamic section. */
#include <stdio.h>
#include <string.h>

#include "readelf.h"

/* How the value of a tag is told. */
enum form { HEX, BYTES, COUNT, NEEDED, SONAME, RPATH, RUNPATH, PLT_KIND, FLAGS, FLAGS_1, EMPTY };

static const struct tag {
	int64_t number;
	const char *text;
	enum form form;
} TAGS[] = {{DT_NULL, "NULL", HEX}, {DT_NEEDED, "NEEDED", NEEDED}, {DT_PLTRELSZ, "PLTRELSZ", BYTES}, {DT_PLTGOT, "PLTGOT", HEX}, {DT_HASH, "HASH", HEX},
	{DT_STRTAB, "STRTAB", HEX}, {DT_SYMTAB, "SYMTAB", HEX}, {DT_RELA, "RELA", HEX}, {DT_RELASZ, "RELASZ", BYTES}, {DT_RELAENT, "RELAENT", BYTES},
	{DT_STRSZ, "STRSZ", BYTES}, {DT_SYMENT, "SYMENT", BYTES}, {DT_INIT, "INIT", HEX}, {DT_FINI, "FINI", HEX}, {DT_SONAME, "SONAME", SONAME}, {DT_RPATH, "RPATH", RPATH},
	{DT_SYMBOLIC, "SYMBOLIC", HEX}, {DT_REL, "REL", HEX}, {DT_RELSZ, "RELSZ", BYTES}, {DT_RELENT, "RELENT", BYTES}, {DT_PLTREL, "PLTREL", PLT_KIND},
	{DT_DEBUG, "DEBUG", HEX}, {DT_TEXTREL, "TEXTREL", HEX}, {DT_JMPREL, "JMPREL", HEX}, {DT_BIND_NOW, "BIND_NOW", EMPTY}, {DT_INIT_ARRAY, "INIT_ARRAY", HEX},
	{DT_FINI_ARRAY, "FINI_ARRAY", HEX}, {DT_INIT_ARRAYSZ, "INIT_ARRAYSZ", BYTES}, {DT_FINI_ARRAYSZ, "FINI_ARRAYSZ", BYTES}, {DT_RUNPATH, "RUNPATH", RUNPATH},
	{DT_FLAGS, "FLAGS", FLAGS}, {DT_PREINIT_ARRAY, "PREINIT_ARRAY", HEX}, {DT_PREINIT_ARRAYSZ, "PREINIT_ARRAYSZ", BYTES}, {35, "RELRSZ", BYTES}, {36, "RELR", HEX},
	{37, "RELRENT", BYTES}, {DT_GNU_HASH, "GNU_HASH", HEX}, {DT_VERSYM, "VERSYM", HEX}, {DT_RELACOUNT, "RELACOUNT", COUNT}, {DT_RELCOUNT, "RELCOUNT", COUNT},
	{DT_FLAGS_1, "FLAGS_1", FLAGS_1}, {DT_VERDEF, "VERDEF", HEX}, {DT_VERDEFNUM, "VERDEFNUM", COUNT}, {DT_VERNEED, "VERNEED", HEX}, {DT_VERNEEDNUM, "VERNEEDNUM", COUNT}};

static void print_bits(uint64_t value, const struct name *names)
{
	for (; names->text; names++)
		if (value & names->number)
			printf(" %s", names->text);
}

static void print_value(const struct elf_image *image, size_t strings, enum form form, uint64_t value)
{
	static const struct name flags[] = {{DF_ORIGIN, "ORIGIN"}, {DF_SYMBOLIC, "SYMBOLIC"}, {DF_TEXTREL, "TEXTREL"}, {DF_BIND_NOW, "BIND_NOW"}, {DF_STATIC_TLS, "STATIC_TLS"}, {0, NULL}};
	static const struct name flags_1[] = {{DF_1_NOW, "NOW"}, {DF_1_GLOBAL, "GLOBAL"}, {DF_1_GROUP, "GROUP"}, {DF_1_NODELETE, "NODELETE"}, {DF_1_LOADFLTR, "LOADFLTR"},
		{DF_1_INITFIRST, "INITFIRST"}, {DF_1_NOOPEN, "NOOPEN"}, {DF_1_ORIGIN, "ORIGIN"}, {DF_1_DIRECT, "DIRECT"}, {DF_1_PIE, "PIE"}, {0, NULL}};
	const char *text = elf_string(image, strings, value);
	switch (form) {
	case HEX: printf("0x%llx", (unsigned long long)value); break;
	case BYTES: printf("%llu (bytes)", (unsigned long long)value); break;
	case COUNT: printf("%llu", (unsigned long long)value); break;
	case NEEDED: printf("Shared library: [%s]", text); break;
	case SONAME: printf("Library soname: [%s]", text); break;
	case RPATH: printf("Library rpath: [%s]", text); break;
	case RUNPATH: printf("Library runpath: [%s]", text); break;
	case PLT_KIND: printf(value == DT_RELA ? "RELA" : value == DT_REL ? "REL" : "%llu", (unsigned long long)value); break;
	case FLAGS: print_bits(value, flags); break;
	case FLAGS_1: printf("Flags:"); print_bits(value, flags_1); break;
	default: break;
	}
}

static void print_entry(const struct elf_image *image, size_t strings, const Elf64_Dyn *entry)
{
	const struct tag *tag = NULL;
	for (size_t i = 0; i < sizeof TAGS / sizeof *TAGS && !tag; i++)
		if (TAGS[i].number == entry->d_tag)
			tag = &TAGS[i];
	char name[32] = "<unknown>";
	if (tag)
		snprintf(name, sizeof name, "%s", tag->text);
	else if (image->header.e_machine == EM_RISCV && entry->d_tag == 0x70000001)
		snprintf(name, sizeof name, "RISCV_VARIANT_CC");
	/* The words of FLAGS bring the space in front of them. */
	int room = 19 - (int)strlen(name) - (tag && tag->form == FLAGS);
	printf(" 0x%16.16llx (%s)%*s", (unsigned long long)entry->d_tag, name, room, "");
	print_value(image, strings, tag ? tag->form : HEX, entry->d_un.d_val);
	putchar('\n');
}

static size_t used_entries(const unsigned char *content, size_t size)
{
	size_t count = 0;
	while ((count + 1) * sizeof(Elf64_Dyn) <= size) {
		Elf64_Dyn entry;
		memcpy(&entry, content + count++ * sizeof entry, sizeof entry);
		if (entry.d_tag == DT_NULL)
			break;
	}
	return count;
}

void readelf_dynamic(const struct elf_image *image)
{
	const Elf64_Shdr *section = elf_section_of_type(image, SHT_DYNAMIC);
	if (!section) {
		printf("\nThere is no dynamic section in this file.\n");
		return;
	}
	size_t size;
	const unsigned char *content = elf_content(image, section, &size);
	size_t count = used_entries(content, size);
	printf("\nDynamic section at offset 0x%llx contains %zu %s:\n", (unsigned long long)section->sh_offset, count, count == 1 ? "entry" : "entries");
	printf("  Tag        Type                         Name/Value\n");
	for (size_t i = 0; i < count; i++) {
		Elf64_Dyn entry;
		memcpy(&entry, content + i * sizeof entry, sizeof entry);
		print_entry(image, section->sh_link, &entry);
	}
}
