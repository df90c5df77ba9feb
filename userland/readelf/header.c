/* readelf -h: the ELF header. */
#include <stdio.h>
#include <string.h>

#include "readelf.h"

const char *readelf_find(const struct name *names, uint64_t number)
{
	while (names->text && names->number != number)
		names++;
	return names->text;
}

/* A shared object that a program interpreter runs, or that says so. */
static bool is_pie(const struct elf_image *image)
{
	const Elf64_Shdr *section = elf_section_of_type(image, SHT_DYNAMIC);
	size_t size;
	if (image->header.e_type != ET_DYN || !section)
		return false;
	const unsigned char *content = elf_content(image, section, &size);
	for (size_t at = 0; at + sizeof(Elf64_Dyn) <= size; at += sizeof(Elf64_Dyn)) {
		Elf64_Dyn entry;
		memcpy(&entry, content + at, sizeof entry);
		if (entry.d_tag == DT_FLAGS_1 && entry.d_un.d_val & DF_1_PIE)
			return true;
	}
	return false;
}

const char *readelf_file_type(const struct elf_image *image)
{
	static const struct name types[] = {{ET_NONE, "NONE (None)"}, {ET_REL, "REL (Relocatable file)"}, {ET_EXEC, "EXEC (Executable file)"},
		{ET_DYN, "DYN (Shared object file)"}, {ET_CORE, "CORE (Core file)"}, {0, NULL}};
	if (is_pie(image))
		return "DYN (Position-Independent Executable file)";
	const char *text = readelf_find(types, image->header.e_type);
	return text ? text : "<unknown>";
}

static void print_flags(const struct elf_image *image)
{
	uint32_t flags = image->header.e_flags;
	printf("  Flags:                             0x%x", flags);
	if (image->header.e_machine == EM_RISCV) {
		/* RISC-V ELF psABI, 8.1; <elf.h> has them where it is RISC-V's own. */
		enum { RVC = 1, FLOAT_ABI = 6, RVE = 8 };
		static const char *const floats[] = {"soft-float ABI", "single-float ABI", "double-float ABI", "quad-float ABI"};
		if (flags & RVC)
			printf(", RVC");
		if (flags & RVE)
			printf(", RVE");
		printf(", %s", floats[(flags & FLOAT_ABI) >> 1]);
	}
	putchar('\n');
}

void readelf_header(const struct elf_image *image)
{
	static const struct name systems[] = {{ELFOSABI_SYSV, "UNIX - System V"}, {ELFOSABI_LINUX, "UNIX - GNU"}, {ELFOSABI_FREEBSD, "UNIX - FreeBSD"},
		{ELFOSABI_STANDALONE, "Standalone App"}, {0, NULL}};
	static const struct name machines[] = {{EM_RISCV, "RISC-V"}, {EM_X86_64, "Advanced Micro Devices X86-64"}, {EM_AARCH64, "AArch64"}, {EM_NONE, "None"}, {0, NULL}};
	const Elf64_Ehdr *header = &image->header;
	const char *system = readelf_find(systems, header->e_ident[EI_OSABI]), *machine = readelf_find(machines, header->e_machine);
	printf("ELF Header:\n  Magic:   ");
	for (int i = 0; i < EI_NIDENT; i++)
		printf("%02x ", header->e_ident[i]);
	printf("\n  Class:                             ELF64\n  Data:                              2's complement, little endian\n");
	printf("  Version:                           %d%s\n", header->e_ident[EI_VERSION], header->e_ident[EI_VERSION] == EV_CURRENT ? " (current)" : " <unknown>");
	printf("  OS/ABI:                            %s\n", system ? system : "<unknown>");
	printf("  ABI Version:                       %d\n", header->e_ident[EI_ABIVERSION]);
	printf("  Type:                              %s\n", readelf_file_type(image));
	printf("  Machine:                           %s\n", machine ? machine : "<unknown>");
	printf("  Version:                           0x%x\n", header->e_version);
	printf("  Entry point address:               0x%llx\n", (unsigned long long)header->e_entry);
	printf("  Start of program headers:          %lld (bytes into file)\n", (long long)header->e_phoff);
	printf("  Start of section headers:          %lld (bytes into file)\n", (long long)header->e_shoff);
	print_flags(image);
	printf("  Size of this header:               %d (bytes)\n", header->e_ehsize);
	printf("  Size of program headers:           %d (bytes)\n", header->e_phentsize);
	printf("  Number of program headers:         %d\n", header->e_phnum);
	printf("  Size of section headers:           %d (bytes)\n", header->e_shentsize);
	printf("  Number of section headers:         %d\n", header->e_shnum);
	printf("  Section header string table index: %d\n", header->e_shstrndx);
}
