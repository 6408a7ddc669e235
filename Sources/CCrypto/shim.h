// The plain functions: those that replace them load all of the library at run time.
// docs/decisions/digest-library.md has the figures.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
