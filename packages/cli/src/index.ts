export { defineConfig, type ProjectConfig } from './config/project-config.ts'
