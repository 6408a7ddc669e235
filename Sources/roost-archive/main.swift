import Archive

ArchiveProgram.run()
