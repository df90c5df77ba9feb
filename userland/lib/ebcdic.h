/* EBCDIC, as dd's conv=ascii, ebcdic and ibm know it. */
#ifndef EBCDIC_H
#define EBCDIC_H

enum ebcdic_conversion { FROM_EBCDIC, TO_EBCDIC, TO_IBM };

/* Fills the table with what each byte becomes. */
void ebcdic_table(enum ebcdic_conversion conversion, unsigned char table[256]);

#endif
