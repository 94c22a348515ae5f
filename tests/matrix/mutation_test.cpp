#include "tests/catch.h"

TEST_CASE("nothing yet", "[mutation]") {}
