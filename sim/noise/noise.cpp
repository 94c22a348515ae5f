// Everything is in the header. Here the compiler holds it to the published bits.
#include "sim/noise/noise.h"

namespace cimforge::noise {

// The known answers of philox4x32 10 in Random123 (kat_vectors).
static_assert(philox({0, 0, 0, 0}, {0, 0}) ==
              Words{0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8});
static_assert(philox({0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}, {0xFFFFFFFF, 0xFFFFFFFF}) ==
              Words{0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD});
static_assert(philox({0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344}, {0xA4093822, 0x299F31D0}) ==
              Words{0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1});

}  // namespace cimforge::noise
