import Registry

RegistryService.run()
