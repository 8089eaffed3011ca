# Run by cpack on the staged files, before it packs them: compresses what Debian wants compressed, the same in every build.
file(GLOB_RECURSE documents LIST_DIRECTORIES false
  ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/*/usr/share/man/* ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/*/usr/share/doc/*/changelog*)
list(FILTER documents EXCLUDE REGEX "\\.gz$")
foreach(document ${documents})
  execute_process(COMMAND gzip -9nf ${document} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
