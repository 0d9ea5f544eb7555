# Man pages and shell completions, as the command line writes them itself, from the options it parses. Runs at
# the installation, which is when the package is built.
set(root "$ENV{DESTDIR}${CMAKE_INSTALL_PREFIX}")
set(man ${root}/usr/share/man/man1)
set(bash ${root}/usr/share/bash-completion/completions)
set(zsh ${root}/usr/share/zsh/vendor-completions)
file(MAKE_DIRECTORY ${man} ${bash} ${zsh})
execute_process(COMMAND ${CASEWHEEL_CLI} man --out ${man} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CASEWHEEL_CLI} completion bash --out ${bash}/casewheel COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${CASEWHEEL_CLI} completion zsh --out ${zsh}/_casewheel COMMAND_ERROR_IS_FATAL ANY)
file(GLOB pages ${man}/*.1)
foreach(page ${pages})
  execute_process(COMMAND gzip -9nf ${page} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
