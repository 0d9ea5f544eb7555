# Writes the bytes of FROM as a C++ array into TO.
file(READ ${FROM} bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(WRITE ${TO} "#include <cstddef>\nnamespace casewheel::doors {\nextern const unsigned char kContract[] = {${bytes}};\nextern const std::size_t kContractBytes = sizeof kContract;\n}\n")
