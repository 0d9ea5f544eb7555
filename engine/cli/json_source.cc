// Boost.JSON as a header-only library: Debian's build of it is not among the project's packages, so
// its one source is compiled here.
#include <boost/json/src.hpp>
